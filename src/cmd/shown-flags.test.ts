import { Command, Option } from 'commander'
import { expect, test } from 'vitest'
import { boolFlag } from './bool-flag.ts'
import { parseFlags } from './shown-flags.ts'
import { hostPort, hostPortFlag } from './upstream-flags/host-port.ts'
import { addUpstreamFlags } from './upstream-flags/add.ts'
import { duration, list } from './upstream-flags/values.ts'

function shown(argv: readonly string[]): Record<string, string> {
  const command = new Command()
    .option('--kubeconfig <file>', '')
    .option('--ttl <duration>', '', duration, 3_600_000)
    .option('--bind <host:port>', '', hostPortFlag(80), hostPort('0.0.0.0', 80))
    .option('--names <names>', '', list, [])
    .option('-v, --v <level>', '', Number, 0)
    .addOption(boolFlag('--leader-elect', '', true))
    .addOption(new Option('--unheard-of <x>').hideHelp())
  return Object.fromEntries(parseFlags(addUpstreamFlags(command, []), argv))
}
const defaults = { kubeconfig: '', ttl: '1h0m0s', bind: '0.0.0.0:80', names: '[]', v: '0', 'leader-elect': 'true', 'feature-gates': '' }

// As spf13/pflag writes values: durations as Go does, lists in brackets, what is on or off as a word.
test.each([
  [[], {}],
  [['--kubeconfig', '/a b', '-v=4'], { kubeconfig: '/a b' }],
  [['--ttl=90m'], { ttl: '1h30m0s' }],
  [['--names=a,b', '--names=c'], { names: '[a,b,c]' }],
  [['--leader-elect=F'], { 'leader-elect': 'false' }],
  [['--leader-elect'], { 'leader-elect': 'true' }],
  [['--bind=127.0.0.1'], { bind: '127.0.0.1:80' }],
  [['--bind=[::1]:81'], { bind: '[::1]:81' }],
  [['--bind='], { bind: '' }],
  [['--unheard-of', 'x'], { 'unheard-of': 'x' }],
  [['--feature-gates=ComponentFlagz=true', '--feature-gates=ComponentStatusz=true'], { 'feature-gates': 'ComponentFlagz=true,ComponentStatusz=true' }],
])('%j', (argv, different) => {
  const { v, ...others } = shown(argv)
  expect(others).toEqual({ ...defaults, ...different, v: undefined })
  expect(v).toBeDefined()
})
