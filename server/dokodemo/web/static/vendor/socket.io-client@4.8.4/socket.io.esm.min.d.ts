// Ours: what of socket.io-client the pages use, for the type checker. The bundle beside it stays as it came.

export interface Socket {
  readonly connected: boolean;
  readonly active: boolean;
  on(event: string, listener: (...args: any[]) => void): this;
  off(event: string, listener?: (...args: any[]) => void): this;
  emit(event: string, ...args: unknown[]): this;
  emitWithAck(event: string, ...args: unknown[]): Promise<any>;
  timeout(milliseconds: number): Socket;
  connect(): this;
  disconnect(): this;
}

export interface Options {
  transports?: string[];
  withCredentials?: boolean;
  reconnection?: boolean;
  reconnectionDelay?: number;
  reconnectionDelayMax?: number;
  randomizationFactor?: number;
  timeout?: number;
  path?: string;
  forceNew?: boolean;
  auth?: Record<string, unknown> | ((give: (auth: Record<string, unknown>) => void) => void);
}

export function io(address: string, options?: Options): Socket;
