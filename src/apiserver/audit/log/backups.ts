// Old log files: their names, and which of them go. Source: lumberjack v2 (backupName, millRunOnce).
import { basename, extname } from 'node:path'

export const compressedSuffix = '.gz'

const dayMs = 24 * 60 * 60 * 1000

/** `audit.log` -> `audit-2026-01-31T10-20-30.123.log`, in UTC. @param file without folder */
export function backupName(file: string, atMs: number): string {
  const extension = extname(file)
  const time = new Date(atMs).toISOString().slice(0, 23).replaceAll(':', '-')
  return `${basename(file, extension)}-${time}${extension}`
}

/** When `name` was made a backup of `file`, in milliseconds; undefined when it is none. */
function backupTime(file: string, name: string): number | undefined {
  const extension = extname(file)
  const prefix = `${basename(file, extension)}-`
  const end = name.endsWith(`${extension}${compressedSuffix}`) ? `${extension}${compressedSuffix}` : extension
  if (!name.startsWith(prefix) || !name.endsWith(end)) return undefined
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(name.slice(prefix.length, name.length - end.length))
  const ms = match ? Date.parse(`${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`) : NaN
  return Number.isNaN(ms) ? undefined : ms
}

export interface BackupLimits {
  /** 0: whatever their age. */
  readonly maxAgeDays: number
  /** 0: any number. */
  readonly maxBackups: number
  readonly compress: boolean
}

/**
 * @param names of all files in the folder
 * @returns those to remove and those to compress; a file and its compressed form count as one backup
 */
export function sortBackups(
  file: string,
  names: readonly string[],
  { maxAgeDays, maxBackups, compress }: BackupLimits,
  nowMs: number,
): { readonly remove: readonly string[]; readonly compress: readonly string[] } {
  const backups = names.flatMap((name) => {
    const atMs = backupTime(file, name)
    return atMs === undefined ? [] : [{ name, atMs }]
  })
  const newestFirst = backups.toSorted((a, b) => b.atMs - a.atMs)
  const kept = new Set<number>()
  const remove: string[] = []
  const toCompress: string[] = []
  for (const { name, atMs } of newestFirst) {
    const surplus = maxBackups > 0 && kept.size >= maxBackups && !kept.has(atMs)
    const tooOld = maxAgeDays > 0 && atMs < nowMs - maxAgeDays * dayMs
    if (!surplus) kept.add(atMs)
    if (surplus || tooOld) remove.push(name)
    else if (compress && !name.endsWith(compressedSuffix)) toCompress.push(name)
  }
  return { remove, compress: toCompress }
}
