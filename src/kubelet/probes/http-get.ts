// HTTP requests of probes and lifecycle hooks. Source: Kubernetes 1.36 pkg/probe/http/http.go, pkg/probe/http/request.go.

import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { HTTPGetAction } from '../../api/core/v1.ts'
import { failed, passed, type ProbeOutcome } from './probe-result.ts'

export interface HttpTarget {
  readonly action: HTTPGetAction
  /** The pod's IP, unless the action names a host. */
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  /** `probe` or `lifecycle`. */
  readonly agent: 'probe' | 'lifecycle'
  /** `1.36`. */
  readonly version: string
}

const bodyBytesMax = 10 * 1024
const redirectsMax = 10

/** Redirects are followed on the same host only; one to another host counts as success. */
export async function httpGet({ action, host, port, timeoutMs, agent, version }: HttpTarget, signal: AbortSignal): Promise<ProbeOutcome> {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase()
  const headers: Record<string, string> = { 'user-agent': `kube-${agent}/${version}`, accept: '*/*', connection: 'close' }
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value
  // An empty value means: without this header.
  for (const name of ['accept', 'user-agent']) if (headers[name] === '') delete headers[name]
  let url = targetUrl(scheme, action.host || host, port, action.path ?? '/')
  const both = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    for (let redirects = 0; redirects <= redirectsMax; redirects++) {
      const { status, location, body } = await get(url, headers, both)
      if (status >= 300 && status < 400 && location !== undefined) {
        const next = new URL(location, url)
        if (next.hostname !== url.hostname) return passed('Probe terminated redirects, Response body: ' + body)
        url = next
        continue
      }
      return status >= 200 && status < 400 ? passed(body) : failed(`HTTP probe failed with statuscode: ${status}`)
    }
    return failed(`Get ${JSON.stringify(url.href)}: stopped after ${redirectsMax} redirects`)
  } catch (error) {
    signal.throwIfAborted()
    const { name, message } = error as Error
    const why = name === 'TimeoutError' || name === 'AbortError' ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)' : message
    return failed(`Get ${JSON.stringify(url.href)}: ${why}`)
  }
}

function targetUrl(scheme: string, host: string, port: number, path: string): URL {
  const authority = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  return new URL(path.startsWith('/') ? path : `/${path}`, `${scheme}://${authority}:${port}`)
}

interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

function get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  const outgoing = request(url, { headers, signal, agent: false, rejectUnauthorized: false }, (response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const finish = () => {
      resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: Buffer.concat(chunks).toString('utf8', 0, bodyBytesMax) })
      response.destroy()
    }
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= bodyBytesMax) finish()
    })
    response.on('end', finish)
    response.on('error', reject)
  })
  outgoing.on('error', reject)
  outgoing.end()
  return promise
}
