import { Command } from 'commander'
import { expect, test } from 'vitest'
import { boolFlag, fixedFlag } from './bool-flag.ts'
import { addLoggingFlags, type LoggingFlags } from './logging-flags.ts'

const parse = (command: Command, argv: readonly string[]) =>
  command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse(argv, { from: 'user' })
    .opts()

for (const argv of [['-v', '10'], ['-v=10'], ['-v10'], ['--v', '10'], ['--v=10']]) {
  test(`verbosity: ${argv.join(' ')}`, () => expect((parse(addLoggingFlags(new Command()), argv) as LoggingFlags).v).toBe(10))
}

test.each(['-v=', '-v=x', '--v=1.5', '-v=-1'])('verbosity: %s is refused', (flag) =>
  expect(() => parse(addLoggingFlags(new Command()), [flag])).toThrow('is no whole number'),
)

for (const { argv, expected } of [
  { argv: [], expected: true },
  { argv: ['--leader-elect'], expected: true },
  { argv: ['--leader-elect=false'], expected: false },
  { argv: ['--leader-elect=F'], expected: false },
  { argv: ['--leader-elect=1'], expected: true },
]) {
  test(`on or off: ${argv.join(' ') || 'left out'}`, () =>
    expect(parse(new Command().addOption(boolFlag('--leader-elect', '', true)), argv)).toEqual({ leaderElect: expected }))
}

test('on or off: anything else is refused, and so is what cannot be', () => {
  expect(() => parse(new Command().addOption(boolFlag('--x', '', true)), ['--x=maybe'])).toThrow('strconv.ParseBool: parsing "maybe": invalid syntax')
  const fixed = () => new Command().addOption(fixedFlag('--profiling', false, 'there is nothing to profile'))
  expect(parse(fixed(), ['--profiling=false'])).toEqual({ profiling: false })
  expect(() => parse(fixed(), ['--profiling'])).toThrow('--profiling=false only: there is nothing to profile')
})
