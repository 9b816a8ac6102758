// `semver('1.2.3')`. Source: k8s.io/apiserver pkg/cel/library/semverlib.go (version 1).
import type { Library } from '../../declarations.ts'
import { boolType, intType, stringType } from '../../types/cel-type.ts'
import { CelError, int } from '../../values/value.ts'
import { compareSemver, normalizeAndParseSemver, parseSemver, type Semver, SemverError } from '../parse/semver.ts'
import { semverType } from '../types.ts'
import { functions, global, member, opaque, textOf } from './opaque.ts'

const versions = opaque<Semver>(semverType, (a, b) => compareSemver(a, b) === 0)
export const semverValue = versions.of
const { of, value } = versions

function parse(text: string, normalize: boolean): Semver {
  try {
    return normalize ? normalizeAndParseSemver(text) : parseSemver(text)
  } catch (error) {
    if (error instanceof SemverError) throw new CelError(error.message)
    throw error
  }
}

function isSemver(text: string, normalize: boolean): boolean {
  try {
    return Boolean(parse(text, normalize))
  } catch (error) {
    if (error instanceof CelError) return false
    throw error
  }
}

/** As Go converts an unsigned number to a signed one. */
const signed = (number: bigint) => int(BigInt.asIntN(64, number))

export const semverLibrary: Library = {
  name: 'kubernetes.Semver',
  types: [semverType],
  functions: functions({
    semver: [
      global('string_to_semver', [stringType], semverType, (text) => of(parse(textOf(text), false))),
      global('string_bool_to_semver', [stringType, boolType], semverType, (text, normalize) => of(parse(textOf(text), normalize === true))),
    ],
    isSemver: [
      global('is_semver_string', [stringType], boolType, (text) => isSemver(textOf(text), false)),
      global('is_semver_string_bool', [stringType, boolType], boolType, (text, normalize) => isSemver(textOf(text), normalize === true)),
    ],
    isGreaterThan: [member('semver_is_greater_than', [semverType, semverType], boolType, (a, b) => compareSemver(value(a), value(b)) > 0)],
    isLessThan: [member('semver_is_less_than', [semverType, semverType], boolType, (a, b) => compareSemver(value(a), value(b)) < 0)],
    compareTo: [member('semver_compare_to', [semverType, semverType], intType, (a, b) => compareSemver(value(a), value(b)))],
    major: [member('semver_major', [semverType], intType, (version) => signed(value(version).major))],
    minor: [member('semver_minor', [semverType], intType, (version) => signed(value(version).minor))],
    patch: [member('semver_patch', [semverType], intType, (version) => signed(value(version).patch))],
  }),
}
