// ImagePolicyWebhook from its flags to a backend that listens.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { namespaces, pods, serviceAccounts } from '../../../src/api/resources.ts'
import { addAdmissionFlags, type AdmissionFlags, admissionOptions } from '../../../src/cmd/kube-apiserver-flags/admission.ts'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { startApiServer, type TestApiServer } from '../../support/api-server.ts'

const directory = mkdtempSync(join(tmpdir(), 'cox-image-policy-'))
const asked: { readonly path: string; readonly authorization: string | undefined; readonly images: readonly string[] }[] = []
let backend: Server
let api: TestApiServer

const file = (name: string, text: string) => {
  writeFileSync(join(directory, name), text)
  return join(directory, name)
}

beforeAll(async () => {
  const ca = await CertificateAuthority.create('images', systemClock)
  const serving = await ca.issue({ commonName: 'backend', hosts: ['127.0.0.1'], usages: ['server'], validityDays: 1 })
  backend = createServer({ cert: serving.certificate, key: serving.key }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const review = JSON.parse(Buffer.concat(chunks).toString()) as { spec: { containers: { image: string }[] } }
    const images = review.spec.containers.map(({ image }) => image)
    asked.push({ path: request.url!, authorization: request.headers.authorization, images })
    if (images.includes('redirect')) return void response.writeHead(302, { location: '/elsewhere' }).end()
    const bad = images.filter((image) => image.endsWith(':latest'))
    const status = bad.length ? { allowed: false, reason: `${bad.join(', ')} may change` } : { allowed: true }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...review, status }))
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const server = `https://127.0.0.1:${(backend.address() as AddressInfo).port}/images`
  const kubeconfig = file(
    'kubeconfig',
    `clusters: [{name: b, cluster: {server: "${server}", certificate-authority: ${file('ca.crt', ca.pair.certificate)}}}]\nusers: [{name: u, user: {token: secret}}]\n`,
  )
  const configuration = `apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins: [{name: ImagePolicyWebhook, configuration: {imagePolicy: {kubeConfigFile: ${kubeconfig}, retryBackoff: 1}}}]`
  const argv = ['--enable-admission-plugins=ImagePolicyWebhook', `--admission-control-config-file=${file('admission.yaml', configuration)}`]
  const flags = addAdmissionFlags(new Command()).parse(argv, { from: 'user' }).opts<AdmissionFlags>()
  api = await startApiServer({ admission: await admissionOptions(flags) })
  await api.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } } as never)
  await api.client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'ns', name: 'default' } } as never)
})
afterAll(async () => {
  await api.stop()
  backend.closeAllConnections()
  await new Promise((resolve) => backend.close(resolve))
  rmSync(directory, { recursive: true })
})

const create = (name: string, image: string) =>
  api.client.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'ns', name }, spec: { containers: [{ name: 'c', image }] } } as never)

test('the backend decides, and is asked once for the same images', async () => {
  await create('good', 'web:1')
  await create('good-too', 'web:1')
  await expect(create('bad', 'web:latest')).rejects.toThrow(
    'pods "bad" is forbidden: image policy webhook backend denied one or more images: web:latest may change',
  )
  expect(asked).toEqual([
    { path: '/images', authorization: 'Bearer secret', images: ['web:1'] },
    { path: '/images', authorization: 'Bearer secret', images: ['web:latest'] },
  ])
})

test('redirects are not followed', async () => {
  asked.length = 0
  await expect(create('moved', 'redirect')).rejects.toThrow('pods "moved" is forbidden: Error contacting webhook: 302')
  expect(new Set(asked.map(({ path }) => path))).toEqual(new Set(['/images']))
})
