// Why a target could not be reached, in the words of Go's net package: clients show them, and people search for them.
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'read: connection reset by peer',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
}
const tlsWords: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'x509: certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'x509: certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'x509: certificate signed by unknown authority',
}

/** @param address `host:port` */
export function dialError(address: string, cause: NodeJS.ErrnoException): string {
  const { code = '', message } = cause
  if (Object.hasOwn(tlsWords, code)) return `tls: failed to verify certificate: ${tlsWords[code]}`
  return `dial tcp ${address}: ${Object.hasOwn(words, code) ? words[code] : message}`
}
