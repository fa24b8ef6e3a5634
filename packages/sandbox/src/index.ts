export { DayBudgetSpent, runDemonstration, type RunOptions, type RunReport } from './run.ts';
export { statePaths, type StatePaths } from './paths.ts';
export { catalogue } from './tools/catalogue.ts';
export { type PaidTool, type ToolAnswer, type Workshop } from './tools/paid-tool.ts';
export { openWorkshop } from './tools/workshop.ts';
