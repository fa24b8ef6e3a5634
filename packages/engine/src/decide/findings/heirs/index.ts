export { heirFindings } from './heirs.ts';
