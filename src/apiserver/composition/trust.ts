// Whom clients and proxies are believed by, and the ConfigMap that tells extension servers of it.
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../component-base/logger.ts'
import { CertificateBundle, type ClientTrust } from '../authn/certificate-bundle.ts'
import type { RequestHeaderOptions } from '../authn/request-header.ts'
import { clusterAuthenticationInfo } from '../bootstrap/cluster-authentication-info.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'
import type { TlsOptions } from '../http/secure-server.ts'
import type { Loopback } from '../loopback.ts'

interface ServerTrust {
  /** As of this moment. */
  readonly current: () => ClientTrust
  readonly hook: PostStartHook
  /** @param tell takes the same into use elsewhere: when it throws, what was stays in force. @throws {Error} for a bundle that cannot be read */
  update(tls: TlsOptions, tell: () => void): void
}

export interface TrustOptions {
  readonly tls: TlsOptions
  readonly requestHeader?: RequestHeaderOptions
  readonly clock: Clock
  readonly logger: Logger
}

/** @throws {Error} for a bundle that cannot be read */
export function newServerTrust(
  { tls, requestHeader: headers = noRequestHeaders, clock, logger }: TrustOptions,
  loopback: Loopback,
  namespacesExist: Promise<void>,
): ServerTrust {
  let trust = trustOf(tls)
  const current = () => trust
  const info = clusterAuthenticationInfo({ ...loopback, trust: current, headers, clock, logger }, namespacesExist)
  return {
    current,
    hook: info,
    update(next, tell) {
      const nextTrust = trustOf(next)
      tell()
      trust = nextTrust
      info.changed()
    },
  }
}

const trustOf = ({ clientCa, requestHeaderCa }: TlsOptions): ClientTrust => ({
  client: clientCa ? new CertificateBundle(clientCa) : undefined,
  requestHeader: requestHeaderCa ? new CertificateBundle(requestHeaderCa) : undefined,
})

/** Without an authenticating proxy. */
const noRequestHeaders: RequestHeaderOptions = { allowedNames: [], usernameHeaders: [], uidHeaders: [], groupHeaders: [], extraHeaderPrefixes: [] }
