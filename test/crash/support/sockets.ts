/** Which process is at the other end of a connection on this machine. Linux alone says; elsewhere nobody does. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The inode of the socket whose own port this is. */
const inodeOf = (localPort: number): string | undefined => {
  const hex = localPort.toString(16).toUpperCase().padStart(4, '0');
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  const fields = rows.map((row) => row.trim().split(/\s+/)).find((row) => row[1]?.endsWith(`:${hex}`));
  return fields?.[9];
};

const holds = (pid: number, inode: string): boolean =>
  readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`;
    } catch {
      return false;
    }
  });

/** The one of these processes whose socket has that port; undefined when none has, or it cannot be known. */
export const processBehind = (localPort: number, pids: readonly number[]): number | undefined => {
  try {
    const inode = inodeOf(localPort);
    return inode === undefined ? undefined : pids.find((pid) => holds(pid, inode));
  } catch {
    return undefined;
  }
};
