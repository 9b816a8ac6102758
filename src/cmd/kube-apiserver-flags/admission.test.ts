import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addAdmissionFlags, type AdmissionFlags, admissionOptions } from './admission.ts'

let directory: string
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), 'cox-admission-'))))
afterAll(() => rmSync(directory, { recursive: true }))

const write = (name: string, text: string) => {
  writeFileSync(join(directory, name), text)
  return join(directory, name)
}
const parse = (...argv: string[]) => admissionOptions(addAdmissionFlags(new Command()).parse(argv, { from: 'user' }).opts<AdmissionFlags>())

test('lists may be repeated and have blanks', async () => {
  expect(await parse('--enable-admission-plugins=NodeRestriction, AlwaysPullImages', '--enable-admission-plugins=EventRateLimit')).toMatchObject({
    enabled: ['NodeRestriction', 'AlwaysPullImages', 'EventRateLimit'],
    disabled: [],
    tolerationSeconds: { notReady: 300, unreachable: 300 },
  })
})

test('toleration seconds are numbers', async () => {
  expect(await parse('--default-not-ready-toleration-seconds=5')).toMatchObject({ tolerationSeconds: { notReady: 5, unreachable: 300 } })
  await expect(parse('--default-unreachable-toleration-seconds=5m')).rejects.toThrow(
    'invalid argument "5m" for "--default-unreachable-toleration-seconds" flag',
  )
})

test('all that is wrong with the names is told at once', async () => {
  await expect(parse('--enable-admission-plugins=X,Priority', '--disable-admission-plugins=Y,Priority')).rejects.toThrow(
    '[enable-admission-plugins plugin "X" is unknown, disable-admission-plugins plugin "Y" is unknown, [Priority] in enable-admission-plugins and disable-admission-plugins overlapped]',
  )
})

test('configuration is in the file, or in files beside it', async () => {
  const rates = 'kind: Configuration\n'
  write('rates.yaml', rates)
  const file = write(
    'admission.yaml',
    'apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n- {name: EventRateLimit, path: rates.yaml}\n- {name: PodSecurity, configuration: {kind: X}}\n',
  )
  const { configuration } = await parse(`--admission-control-config-file=${file}`)
  expect(configuration).toEqual(
    new Map([
      ['EventRateLimit', rates],
      ['PodSecurity', '{"kind":"X"}'],
    ]),
  )
})

test('files that cannot be read', async () => {
  const none = join(directory, 'none.yaml')
  await expect(parse(`--admission-control-config-file=${none}`)).rejects.toThrow(
    `failed to apply admission: failed to read plugin config: unable to read admission control configuration from "${none}" [open ${none}: no such file or directory]`,
  )
  const file = write('missing.yaml', 'apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins: [{name: EventRateLimit, path: none.yaml}]')
  await expect(parse(`--admission-control-config-file=${file}`)).rejects.toThrow(
    `Couldn't open admission plugin configuration ${none}: open ${none}: no such file or directory`,
  )
})
