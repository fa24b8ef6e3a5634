/** The name of this door. */
export const FRAMEWORK = 'openai-agents';
