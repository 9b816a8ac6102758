// CertificateSigningRequests. Source: pkg/apis/certificates/validation/validation.go.
import type { CertificateSigningRequest } from '../../../../api/certificates/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, notSupported, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { isDns1123Label, isDns1123Subdomain } from '../../../../apimachinery/validation/names.ts'
import { pemBlocks } from '../../../../pki/pem-blocks.ts'
import { checkRequestSignature } from '../../../../pki/request-signature.ts'
import { invalidAll, requiredOneOf } from '../../shared/pod-spec/invalid-values.ts'

const usagesKnown = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]
const subdomainMax = 253
/** Of a domain, a slash, a namespace, a dot and the name of an object. */
const signerNameMax = subdomainMax + 1 + 63 + 1 + subdomainMax
const legacySigner = 'kubernetes.io/legacy-unknown'
const lifetimeSecondsMin = 600
/** Conditions that are true for good once they are there. */
const decisions = ['Approved', 'Denied', 'Failed'] as const
const conditionsField = 'status.conditions'

/** Whether the bytes are one DER sequence, complete. */
function isDerSequence(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30 || bytes.length < 2) return false
  const first = bytes[1]!
  if (first < 0x80) return bytes.length === 2 + first
  const lengthBytes = first & 0x7f
  if (lengthBytes === 0 || lengthBytes > 4 || bytes.length < 2 + lengthBytes) return false
  return bytes.length === 2 + lengthBytes + bytes.readUIntBE(2, lengthBytes)
}

function validateRequest(request: string | null | undefined): readonly FieldError[] {
  const refuse = (detail: string) => [invalid('spec.request', request || null, detail)]
  const block = pemBlocks(Buffer.from(request ?? '', 'base64').toString('latin1'))[0]
  if (block?.type !== 'CERTIFICATE REQUEST') return refuse('PEM block type must be CERTIFICATE REQUEST')
  try {
    checkRequestSignature(block.bytes)
    return []
  } catch (error) {
    return refuse((error as Error).message)
  }
}

function validateSigner(signerName: string): readonly FieldError[] {
  const field = 'spec.signerName'
  if (signerName === '') return [required(field)]
  if (signerName === legacySigner) return [invalid(field, signerName, 'the legacy signerName is not allowed via this API version')]
  const [domain = '', path, ...rest] = signerName.split('/')
  if (path === undefined || rest.length > 0) {
    return [invalid(field, signerName, "must be a fully qualified domain and path of the form 'example.com/signer-name'")]
  }
  return [
    ...(domain.length > subdomainMax ? [tooLong(field, subdomainMax)] : []),
    ...validateSegment(field, domain, isDns1123Label),
    ...(domain.includes('.') ? [] : [invalid(field, domain, 'should be a domain with at least two segments separated by dots')]),
    ...validateSegment(field, path, isDns1123Subdomain),
    ...(signerName.length > signerNameMax ? [tooLong(field, signerNameMax)] : []),
  ]
}

/** What is wrong with the first bad one of the names between dots. */
function validateSegment(field: string, segment: string, check: (name: string) => readonly string[]): readonly FieldError[] {
  for (const name of segment.split('.')) {
    const messages = check(name)
    if (messages.length > 0) {
      return invalidAll(
        field,
        segment,
        messages.map((message) => `validating label ${goQuote(name)}: ${message}`),
      )
    }
  }
  return []
}

function validateConditions({ status }: CertificateSigningRequest): readonly FieldError[] {
  const conditions = status?.conditions ?? []
  const types = conditions.map(({ type = '' }) => type)
  let decided = ''
  return conditions.flatMap(({ type = '', status: value }, i) => {
    const at = `${conditionsField}[${i}]`
    const isDecision = (decisions as readonly string[]).includes(type)
    const errors: FieldError[] = type ? [] : [required(`${at}.type`)]
    errors.push(...requiredOneOf(`${at}.status`, value, isDecision ? ['True'] : ['False', 'True', 'Unknown']))
    if (type === 'Approved' || type === 'Denied') {
      if (decided && decided !== type) errors.push(invalid(conditionsField, type, 'Approved and Denied conditions are mutually exclusive'))
      decided ||= type
    }
    if (types.indexOf(type) < i) errors.push(duplicate(`${at}.type`, type))
    return errors
  })
}

function validateCertificate({ status }: CertificateSigningRequest): readonly FieldError[] {
  const { certificate } = status ?? {}
  if (!certificate) return []
  const refuse = (detail: string) => [invalid('status.certificate', '<certificate data>', detail)]
  const blocks = pemBlocks(Buffer.from(certificate, 'base64').toString('latin1'))
  if (blocks.length === 0) return refuse('must contain at least one CERTIFICATE PEM block')
  const other = blocks.find(({ type }) => type !== 'CERTIFICATE')
  if (other) return refuse(`only CERTIFICATE PEM blocks are allowed, found ${goQuote(other.type)}`)
  if (blocks.some(({ headers }) => headers)) return refuse('no PEM block headers are permitted')
  return blocks.every(({ bytes }) => isDerSequence(bytes)) ? [] : refuse('x509: malformed certificate')
}

export function validateSigningRequest(request: CertificateSigningRequest): readonly FieldError[] {
  const { spec } = request
  const usages = spec.usages ?? []
  const seconds = spec.expirationSeconds
  return [
    ...validateRequest(spec.request),
    ...(usages.length === 0 ? [required('spec.usages')] : []),
    ...usages.flatMap((usage, i) => (usagesKnown.includes(usage) ? [] : [notSupported(`spec.usages[${i}]`, usage, usagesKnown)])),
    ...usages.flatMap((usage, i) => (usages.indexOf(usage) < i ? [duplicate(`spec.usages[${i}]`, usage)] : [])),
    ...validateSigner(spec.signerName ?? ''),
    ...(seconds !== undefined && seconds < lifetimeSecondsMin
      ? [invalid('spec.expirationSeconds', seconds, `may not specify a duration less than ${lifetimeSecondsMin} seconds (10 minutes)`)]
      : []),
    ...validateConditions(request),
    ...validateCertificate(request),
  ]
}

const count = ({ status }: CertificateSigningRequest, type: string) => (status?.conditions ?? []).filter((condition) => condition.type === type).length

/** @param may what the endpoint is for: deciding (`approval`) or handing over the certificate (`status`) */
export function validateSigningRequestUpdate(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  may: 'approve' | 'sign' | undefined,
): readonly FieldError[] {
  const removed = decisions.filter((type) => count(request, type) < count(old, type))
  const added = may === 'approve' ? [] : (['Approved', 'Denied'] as const).filter((type) => count(request, type) > count(old, type))
  const [now, before] = [request.status?.certificate ?? '', old.status?.certificate ?? '']
  const certificate: FieldError[] = []
  if (now !== before) {
    if (may !== 'sign') certificate.push(forbidden('status.certificate', 'updates may not set certificate content'))
    else if (before) certificate.push(forbidden('status.certificate', 'updates may not modify existing certificate content'))
  }
  return [
    ...validateSigningRequest(request),
    ...removed.map((type) => forbidden(conditionsField, `updates may not remove a condition of type ${goQuote(type)}`)),
    ...added.map((type) => forbidden(conditionsField, `updates may not add a condition of type ${goQuote(type)}`)),
    ...certificate,
  ]
}
