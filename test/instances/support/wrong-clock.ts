/** A process whose clock is wrong from the start, or is set while it runs (SIGUSR2), as on a host without a time server. */

/** Environment of such a process: by how much its clock is off, and by how much more after the signal. */
export const wrongClock = (offMs: number, setByMs = 0): Readonly<Record<'NODE_OPTIONS', string>> => {
  const code = `
    let off = ${offMs};
    const Right = Date;
    globalThis.Date = class extends Right {
      constructor(...given) { given.length === 0 ? super(Right.now() + off) : super(...given); }
      static now() { return Right.now() + off; }
    };
    process.on('SIGUSR2', () => { off += ${setByMs}; });`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` };
};
