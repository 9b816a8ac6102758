// Semantic versions, and the complaints of the library that upstream reads them with. Source: semver.org 2.0.0; github.com/blang/semver v4;
// k8s.io/apiserver pkg/cel/library/semverlib.go (normalizeAndParse).
import { goQuote } from '../../../apimachinery/go-quote.ts'

/** A text that is no version; the message is upstream's. */
export class SemverError extends Error {
  override readonly name = 'SemverError'
}

export interface Semver {
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  /** Numbers compare as such and come before texts. */
  readonly prerelease: readonly (string | bigint)[]
}

const uint64Max = 2n ** 64n - 1n

function numberOf(text: string, what: string): bigint {
  if (/[^0-9]/.test(text)) throw new SemverError(`Invalid character(s) found in ${what.toLowerCase()} number ${goQuote(text)}`)
  if (text.length > 1 && text.startsWith('0')) throw new SemverError(`${what} number must not contain leading zeroes ${goQuote(text)}`)
  if (text === '') throw new SemverError('strconv.ParseUint: parsing "": invalid syntax')
  if (text.length > 20 || BigInt(text) > uint64Max) throw new SemverError(`strconv.ParseUint: parsing ${goQuote(text)}: value out of range`)
  return BigInt(text)
}

function prereleaseOf(text: string): string | bigint {
  if (text === '') throw new SemverError('Prerelease is empty')
  if (/^[0-9]+$/.test(text)) {
    if (text.length > 1 && text.startsWith('0')) throw new SemverError(`Numeric PreRelease version must not contain leading zeroes ${goQuote(text)}`)
    return numberOf(text, 'Prerelease')
  }
  if (/[^0-9A-Za-z-]/.test(text)) throw new SemverError(`Invalid character(s) found in prerelease ${goQuote(text)}`)
  return text
}

function checkBuild(text: string): void {
  if (text === '') throw new SemverError('Build meta data is empty')
  if (/[^0-9A-Za-z-]/.test(text)) throw new SemverError(`Invalid character(s) found in build meta data ${goQuote(text)}`)
}

/** @throws {SemverError} */
export function parseSemver(text: string): Semver {
  if (text === '') throw new SemverError('Version string empty')
  const [major, minor, ...others] = text.split('.')
  if (others.length === 0) throw new SemverError('No Major.Minor.Patch elements found')
  const numbers = { major: numberOf(major!, 'Major'), minor: numberOf(minor!, 'Minor') }
  let patch = others.join('.')
  let build: readonly string[] = []
  let prerelease: readonly string[] = []
  const plus = patch.indexOf('+')
  if (plus >= 0) {
    build = patch.slice(plus + 1).split('.')
    patch = patch.slice(0, plus)
  }
  const dash = patch.indexOf('-')
  if (dash >= 0) {
    prerelease = patch.slice(dash + 1).split('.')
    patch = patch.slice(0, dash)
  }
  const version = { ...numbers, patch: numberOf(patch, 'Patch'), prerelease: prerelease.map(prereleaseOf) }
  for (const part of build) checkBuild(part)
  return version
}

/** `v1`, `1.02` and the like, too. @throws {SemverError} */
export function normalizeAndParseSemver(given: string): Semver {
  const text = given.startsWith('v') ? given.slice(1) : given
  const [first = '', second, ...others] = text.split('.')
  const parts = [first, ...(second === undefined ? [] : [second]), ...(others.length > 0 ? [others.join('.')] : [])].map((part) => {
    if (part.length <= 1) return part
    const bare = part.replace(/^0+/, '')
    return /^[0-9]/.test(bare) ? bare : `0${bare}`
  })
  if (parts.length < 3 && /[+-]/.test(parts.at(-1)!)) throw new SemverError('short version cannot contain PreRelease/Build meta data')
  while (parts.length < 3) parts.push('0')
  return parseSemver(parts.join('.'))
}

const sign = <T>(a: T, b: T): -1 | 0 | 1 => (a < b ? -1 : a > b ? 1 : 0)

function comparePrereleases(a: Semver['prerelease'], b: Semver['prerelease']): -1 | 0 | 1 {
  // A version without one is the finished one.
  if (a.length === 0 || b.length === 0) return sign(b.length > 0 ? 1 : 0, a.length > 0 ? 1 : 0)
  for (const [i, mine] of a.entries()) {
    const theirs = b[i]
    if (theirs === undefined) return 1
    if (typeof mine !== typeof theirs) return typeof mine === 'bigint' ? -1 : 1
    const order = sign(mine, theirs)
    if (order !== 0) return order
  }
  return sign(a.length, b.length)
}

/** Build metadata do not count. */
export const compareSemver = (a: Semver, b: Semver): -1 | 0 | 1 =>
  sign(a.major, b.major) || sign(a.minor, b.minor) || sign(a.patch, b.patch) || comparePrereleases(a.prerelease, b.prerelease)
