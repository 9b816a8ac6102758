import { isIP } from 'node:net'
import { InvalidArgumentError } from 'commander'

export interface HostPort {
  readonly host: string
  readonly port: number
}

export const hostPort = (host: string, port: number): HostPort => ({ host, port })

/** Reads `ip:port`, `[ip]:port` or `ip`, as upstream's *-bind-address flags; empty text is nowhere. */
export const hostPortFlag =
  (defaultPort: number) =>
  (text: string): HostPort | undefined => {
    if (text === '') return undefined
    const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text)
    const [, host = '', port] = bracketed ?? (isIP(text) === 6 ? ['', text, undefined] : (/^([^:]*)(?::(\d+))?$/.exec(text) ?? []))
    const number = port === undefined ? defaultPort : Number(port)
    if (isIP(host) === 0) throw new InvalidArgumentError(`${JSON.stringify(text)} is not a valid IP or IP:port.`)
    if (number > 65_535) throw new InvalidArgumentError(`port ${number} is out of range.`)
    return { host, port: number }
  }
