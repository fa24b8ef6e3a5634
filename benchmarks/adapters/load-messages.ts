/** What the program that asks is told. */
export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly durationMs: number;
  readonly credential: string;
}

/** What it answers. */
export interface Asked {
  readonly requests: number;
  readonly tookMs: number;
}
