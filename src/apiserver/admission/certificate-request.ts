export interface CertificateRequestSubject {
  readonly commonName: string
  readonly organizations: readonly string[]
}

const block = /-----BEGIN CERTIFICATE REQUEST-----[\s\S]*-----END CERTIFICATE REQUEST-----/

/** The library is loaded with the first request that needs it. */
async function library() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

/** @param request base64 of a PEM block, as in `spec.request`. @returns undefined for what is no request */
export async function parseCertificateRequest(request: string): Promise<CertificateRequestSubject | undefined> {
  const pem = block.exec(Buffer.from(request, 'base64').toString('latin1'))?.[0]
  if (!pem) return undefined
  const { Pkcs10CertificateRequest } = await library()
  try {
    const { subjectName } = new Pkcs10CertificateRequest(pem)
    return { commonName: subjectName.getField('CN')[0] ?? '', organizations: subjectName.getField('O') }
  } catch {
    return undefined
  }
}
