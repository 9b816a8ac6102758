import { expect, test } from 'vitest'
import type { ControllerDescriptor } from './context.ts'
import { chooseControllers } from './manager.ts'

const create = () => ({ name: '', run: () => Promise.resolve() })
const known: readonly ControllerDescriptor[] = [
  { name: 'job-controller', create },
  { name: 'token-cleaner-controller', create, aliases: ['tokencleaner'], offByDefault: true },
  { name: 'csr-controller', create, aliases: ['csr'] },
]

for (const { name, enabled, expected } of [
  { name: '* is all but those that are off by default', enabled: ['*'], expected: ['job-controller', 'csr-controller'] },
  { name: 'one that is off by default is named', enabled: ['*', 'token-cleaner-controller'], expected: known.map((each) => each.name) },
  { name: 'an alias names it, too', enabled: ['*', 'tokencleaner'], expected: known.map((each) => each.name) },
  { name: 'an alias takes it out', enabled: ['*', '-csr'], expected: ['job-controller'] },
  { name: 'without * only what is named', enabled: ['csr'], expected: ['csr-controller'] },
  { name: 'a name wins over its own minus', enabled: ['-csr', 'csr-controller'], expected: ['csr-controller'] },
])
  test(name, () => expect(chooseControllers(known, enabled).map((each) => each.name)).toEqual(expected))

test('an unknown name is refused', () => {
  expect(() => chooseControllers(known, ['-nobody'])).toThrow('"nobody" is not in the list of known controllers')
})
