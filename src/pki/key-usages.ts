// What a certificate may be used for, in the words of the certificates API.
// Source: pkg/controller/certificates/authority/policies.go (keyUsageDict, extKeyUsageDict).

/** Bits of the keyUsage extension, as X.509 numbers them. */
const keyUsages: ReadonlyMap<string, number> = new Map([
  ['signing', 1],
  ['digital signature', 1],
  ['content commitment', 2],
  ['key encipherment', 4],
  ['data encipherment', 8],
  ['key agreement', 16],
  ['cert sign', 32],
  ['crl sign', 64],
  ['encipher only', 128],
  ['decipher only', 256],
])

const extendedKeyUsages: ReadonlyMap<string, string> = new Map([
  ['any', '2.5.29.37.0'],
  ['server auth', '1.3.6.1.5.5.7.3.1'],
  ['client auth', '1.3.6.1.5.5.7.3.2'],
  ['code signing', '1.3.6.1.5.5.7.3.3'],
  ['email protection', '1.3.6.1.5.5.7.3.4'],
  ['s/mime', '1.3.6.1.5.5.7.3.4'],
  ['ipsec end system', '1.3.6.1.5.5.7.3.5'],
  ['ipsec tunnel', '1.3.6.1.5.5.7.3.6'],
  ['ipsec user', '1.3.6.1.5.5.7.3.7'],
  ['timestamping', '1.3.6.1.5.5.7.3.8'],
  ['ocsp signing', '1.3.6.1.5.5.7.3.9'],
  ['microsoft sgc', '1.3.6.1.4.1.311.10.3.3'],
  ['netscape sgc', '2.16.840.1.113730.4.1'],
])

/** @throws {Error} naming the usages that there are not */
export function keyUsagesOf(usages: readonly string[]): { readonly flags: number; readonly extended: readonly string[] } {
  const unknown = usages.filter((usage) => !keyUsages.has(usage) && !extendedKeyUsages.has(usage))
  if (unknown.length > 0) throw new Error(`unrecognized usage values: [${unknown.map((usage) => JSON.stringify(usage)).join(' ')}]`)
  return {
    flags: usages.reduce((flags, usage) => flags | (keyUsages.get(usage) ?? 0), 0),
    extended: [...new Set(usages.flatMap((usage) => extendedKeyUsages.get(usage) ?? []))].toSorted(),
  }
}
