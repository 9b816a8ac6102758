// -v and --logging-format, which every component has. Source: k8s.io/component-base logs/api/v1, klog.
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Logger } from '../component-base/logger.ts'
import { type LogFormat, newStreamLogger } from '../component-base/logs/stream-logger.ts'

export interface LoggingFlags {
  readonly v: number
  readonly loggingFormat?: LogFormat
}

/** klog's verbosity from which on lines for finding faults are written. */
const debugFrom = 4

/** Takes upstream's forms: `-v 4`, `-v=4`, `-v4`, `--v 4`, `--v=4`. */
export function addLoggingFlags(command: Command): Command {
  return command
    .addOption(new Option('--logging-format <format>', 'form of log lines (default: pretty on a terminal, else text)').choices(['text', 'json', 'pretty']))
    .option('-v, --v <level>', `verbosity; ${debugFrom} and more shows debug lines`, verbosity, 0)
}

/** @param text what follows the flag; after a short one the equals sign is still there */
function verbosity(text: string): number {
  const level = text.replace(/^=/, '')
  if (/^\d{1,9}$/.test(level)) return Number(level)
  throw new InvalidArgumentError(`"${level}" is no whole number.`)
}

/** Writes to standard error. */
export const loggerOf = ({ v, loggingFormat }: LoggingFlags): Logger =>
  newStreamLogger({ stream: process.stderr, level: v >= debugFrom ? 'debug' : 'info', ...(loggingFormat ? { format: loggingFormat } : {}) })
