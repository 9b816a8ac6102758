// A new authority takes the place of an old one while both are in use. Three steps, each finished by whoever uses the files before the
// next one begins, as in https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates:
//
//   trust    <name>.crt = old + new, <name>-next.{crt,key} = new   everybody believes both; the old one signs
//   issue    <name>.crt = new + old, <name>.key = new              the new one signs, and has signed all leaves again
//   finish   <name>.crt = new                                      nobody believes the old one any more
//
// The first certificate of <name>.crt is the one that signs. A step that was interrupted is done again.
import { rm } from 'node:fs/promises'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../util/clock.ts'
import { CertificateAuthority } from './certificate-authority.ts'
import { certificatesOf } from './certificates-of.ts'
import { readPair, readPairs, writeFileAtomically, writePair } from './key-pair-files.ts'
import { reissue } from './renewal.ts'

export const rotationSteps = ['trust', 'issue', 'finish'] as const
export type RotationStep = (typeof rotationSteps)[number]

/** Names of files in a cluster's directory, and how such authorities are called. */
const authorities = { ca: 'kubernetes', 'front-proxy-ca': 'front-proxy-ca' } as const
type AuthorityName = keyof typeof authorities

/**
 * Takes one step with both authorities of a cluster.
 * @returns what was done, for people
 * @throws {Error} when the step before was not taken
 */
export async function rotateAuthorities(directory: string, step: RotationStep, clock: Clock): Promise<readonly string[]> {
  const done: string[] = []
  for (const name of Object.keys(authorities) as AuthorityName[]) done.push(...(await steps[step](directory, name, clock)))
  return done
}

type Step = (directory: string, name: AuthorityName, clock: Clock) => Promise<readonly string[]>

/** Certificates of the bundle, the signing one first. @throws {Error} */
async function read(directory: string, name: AuthorityName) {
  const base = join(directory, name)
  const pair = await readPair(base)
  if (!pair) throw new Error(`there is no authority in ${base}.crt and ${base}.key`)
  return { base, pair, bundle: certificatesOf(pair.certificate), next: await readPair(`${base}-next`) }
}

const trust: Step = async (directory, name, clock) => {
  const { base, bundle, next } = await read(directory, name)
  if (!next && bundle.length > 1) throw new Error(`${name}: a rotation has gone further already: take the step finish first`)
  // Another name than that of the old one: whoever builds a chain need not try both.
  const authority = next ?? (await CertificateAuthority.create(`${authorities[name]}-${new Date(clock.now()).toISOString().replace(/\..*/, '')}`, clock)).pair
  if (!next) await writePair(`${base}-next`, authority)
  if (!bundle.includes(authority.certificate.trim())) await writeFileAtomically(`${base}.crt`, [...bundle, authority.certificate.trim(), ''].join('\n'))
  return [`${name}: the new authority is believed beside the old one`]
}

const issue: Step = async (directory, name, clock) => {
  const { base, pair, bundle, next } = await read(directory, name)
  if (!next) throw new Error(`${name}: there is no new authority yet: take the step trust first`)
  const added = next.certificate.trim()
  if (!bundle.includes(added)) throw new Error(`${name}: the new authority is not believed yet: take the step trust first`)
  if (pair.key !== next.key || bundle[0] !== added) {
    await writeFileAtomically(`${base}.key`, next.key)
    await writeFileAtomically(`${base}.crt`, [added, ...bundle.filter((each) => each !== added), ''].join('\n'))
  }
  const old = bundle.filter((each) => each !== added).map((each) => new X509Certificate(each))
  const isOld = (certificate: string) => old.some((each) => new X509Certificate(certificate).checkIssued(each))
  const renewed: string[] = []
  for (const leaf of await readPairs(directory)) {
    if (new X509Certificate(leaf.certificate).ca || !isOld(leaf.certificate)) continue
    await writePair(join(directory, leaf.name), await reissue(leaf, new CertificateAuthority(next, clock)))
    renewed.push(leaf.name)
  }
  for (const file of [`${base}-next.key`, `${base}-next.crt`]) await rm(file, { force: true })
  return [`${name}: the new authority signs`, ...renewed.map((each) => `${each} renewed`)]
}

const finish: Step = async (directory, name) => {
  const { base, bundle, next } = await read(directory, name)
  if (next) throw new Error(`${name}: the old authority still signs: take the step issue first`)
  if (bundle.length === 1) return []
  await writeFileAtomically(`${base}.crt`, `${bundle[0]!}\n`)
  return [`${name}: the old authority is not believed any more`]
}

const steps: Readonly<Record<RotationStep, Step>> = { trust, issue, finish }
