/** The name of this door. */
export const FRAMEWORK = 'langchain';
