import { writeFileSync } from 'node:fs'

/**
 * Makes a component look in `ps` as upstream's does, name and flags: that is where benchmarks (kube-bench) look for both.
 * @param argv what followed the name on the command line
 */
export function setProcessTitle(name: string, argv: readonly string[]): void {
  process.title = [name, ...argv].join(' ')
  try {
    // The kernel's own name of the process, for `ps -C`: without the flags.
    writeFileSync('/proc/self/comm', name)
  } catch {
    // No Linux.
  }
}
