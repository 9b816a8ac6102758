// Whether a certificate request was signed with the key that it is for (RFC 2986): who asks has the key. Read without the X.509
// library and at once, so that a server can tell while it validates. Source: Go crypto/x509 (ParseCertificateRequest, CheckSignature).
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'

interface Element {
  readonly tag: number
  /** With tag and length. */
  readonly whole: Buffer
  readonly content: Buffer
}

const tags = { sequence: 0x30, bitString: 0x03 } as const

/** @throws {Error} in Go's words */
function readElement(bytes: Buffer, at: number): Element {
  const first = bytes[at + 1]
  if (first === undefined) throw new Error('asn1: syntax error: data truncated')
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  if (lengthBytes > 4 || first === 0x80 || at + 2 + lengthBytes > bytes.length) throw new Error('asn1: syntax error: data truncated')
  const start = at + 2 + lengthBytes
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
  if (start + length > bytes.length) throw new Error('asn1: syntax error: data truncated')
  return { tag: bytes[at]!, whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) }
}

function* elements(bytes: Buffer): Generator<Element> {
  for (let at = 0; at < bytes.length;) {
    const element = readElement(bytes, at)
    yield element
    at += element.whole.length
  }
}

/** @throws {Error} in Go's words */
function children({ tag, content }: Element, count: number): readonly Element[] {
  if (tag !== tags.sequence) throw new Error("asn1: structure error: tags don't match")
  const found = [...elements(content)]
  if (found.length < count) throw new Error('asn1: syntax error: sequence truncated')
  return found
}

interface Algorithm {
  readonly type: 'rsa' | 'ec' | 'ed25519'
  /** Undefined: of the key itself. */
  readonly digest?: 'sha256' | 'sha384' | 'sha512'
  readonly pss?: true
}

/** By the bytes of their object identifiers, in hexadecimal. */
const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ['2a864886f70d01010b', { type: 'rsa', digest: 'sha256' }],
  ['2a864886f70d01010c', { type: 'rsa', digest: 'sha384' }],
  ['2a864886f70d01010d', { type: 'rsa', digest: 'sha512' }],
  ['2a8648ce3d040302', { type: 'ec', digest: 'sha256' }],
  ['2a8648ce3d040303', { type: 'ec', digest: 'sha384' }],
  ['2a8648ce3d040304', { type: 'ec', digest: 'sha512' }],
  ['2b6570', { type: 'ed25519' }],
])
const pssOid = '2a864886f70d01010a'
/** The digests that PSS may name, as their object identifiers stand in its parameters. */
const pssDigests = [
  ['0609608648016503040201', 'sha256'],
  ['0609608648016503040202', 'sha384'],
  ['0609608648016503040203', 'sha512'],
] as const
/** Those that are not trusted any more, as Go names them. */
const insecure: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d010104', 'MD5-RSA'],
  ['2a864886f70d010105', 'SHA1-RSA'],
  ['2a8648ce3d0401', 'ECDSA-SHA1'],
])

function algorithmOf(identifier: Element): Algorithm {
  const [oid] = children(identifier, 1)
  const name = oid!.content.toString('hex')
  const old = insecure.get(name)
  if (old) throw new Error(`x509: cannot verify signature: insecure algorithm ${old}`)
  const parameters = identifier.content.toString('hex')
  const digest = name === pssOid ? pssDigests.find(([mark]) => parameters.includes(mark))?.[1] : undefined
  const known = digest ? ({ type: 'rsa', digest, pss: true } as const) : algorithms.get(name)
  if (!known) throw new Error('x509: cannot verify signature: algorithm unimplemented')
  return known
}

const keyNames: Readonly<Record<string, string>> = { rsa: '*rsa.PublicKey', ec: '*ecdsa.PublicKey', ed25519: 'ed25519.PublicKey' }
const signatureNames = { rsa: 'RSA', ec: 'ECDSA', ed25519: 'Ed25519' } as const
const failures = { rsa: 'crypto/rsa: verification error', ec: 'x509: ECDSA verification failure', ed25519: 'x509: Ed25519 verification failure' } as const

/**
 * Reads a request and checks its signature.
 * @param der of a CertificationRequest
 * @throws {Error} with Go's message for what is none, or is not signed with its own key
 */
export function checkRequestSignature(der: Uint8Array): void {
  const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength)
  const outer = readElement(bytes, 0)
  const [info, identifier, signature] = children(outer, 3)
  if (outer.whole.length < bytes.length) throw new Error('asn1: syntax error: trailing data')
  const [, , publicKeyInfo] = children(info!, 3)
  const key = publicKeyOf(publicKeyInfo!)
  const algorithm = algorithmOf(identifier!)
  const { type, digest, pss } = algorithm
  if (key.asymmetricKeyType !== type) {
    throw new Error(
      `x509: signature algorithm specifies an ${signatureNames[type]} public key, but have public key of type ${keyNames[key.asymmetricKeyType ?? ''] ?? 'unknown'}`,
    )
  }
  const padding = pss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}
  // The first byte of a bit string says how many bits of the last one are none.
  const isGenuine = signature!.tag === tags.bitString && verify(digest ?? null, info!.whole, { key, ...padding }, signature!.content.subarray(1))
  if (!isGenuine) throw new Error(failures[type])
}

function publicKeyOf({ whole }: Element): KeyObject {
  try {
    return createPublicKey({ key: whole, format: 'der', type: 'spki' })
  } catch (cause) {
    throw new Error('x509: unknown public key algorithm', { cause })
  }
}
