import { readFile } from 'node:fs/promises'
import type { DNSConfig } from '../../cri/generated/types.ts'

/** The node's resolver settings, for pods that use them. An absent file gives none. */
export async function readResolvConf(path: string): Promise<Required<DNSConfig>> {
  return parseResolvConf(path === '' ? '' : await readFile(path, 'utf8').catch(() => ''))
}

/** The last `search` and `options` lines count, as in the C library. */
export function parseResolvConf(text: string): Required<DNSConfig> {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/),
  )
  const last = (word: string) => lines.findLast(([first]) => first === word)?.slice(1) ?? []
  return {
    servers: lines.filter(([first, address]) => first === 'nameserver' && address).map(([, address]) => address!),
    searches: last('search').length > 0 ? last('search') : last('domain'),
    options: last('options'),
  }
}
