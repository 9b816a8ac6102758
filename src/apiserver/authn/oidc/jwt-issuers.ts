// The JWT issuers of a configuration as one authenticator. A new configuration takes the place of the old one as a whole; issuers whose
// configuration is the same keep what they know.
import type { Logger } from '../../../component-base/logger.ts'
import type { Clock } from '../../../util/clock.ts'
import type { HttpsClient } from '../../webhook/https-client.ts'
import type { JwtIssuerConfiguration } from '../config/authentication-configuration.ts'
import { type Jwt, parseJwt } from '../jwt.ts'
import type { TokenAuthenticator } from '../token-authenticator.ts'
import type { UserInfo } from '../user.ts'
import { ClaimExpressions } from './claim-expressions.ts'
import { userOfClaims } from './claims.ts'
import { DistributedClaims } from './distributed-claims.ts'
import { Verifier } from './verifier.ts'

interface JwtIssuersOptions {
  /** @param ca PEM; left out: the system's roots */
  readonly newHttpsClient: (ca: string | undefined) => HttpsClient
  /** Tokens of issuers are for the API server, whatever their own audiences are called. */
  readonly apiAudiences: readonly string[]
  readonly clock: Clock
  readonly logger: Logger
}

export class JwtIssuers {
  readonly #options: JwtIssuersOptions
  /** By URL, as tokens name them. */
  #issuers = new Map<string, Issuer>()

  constructor(options: JwtIssuersOptions) {
    this.#options = options
  }

  /** Starts with the given issuers; discovery goes on behind it. */
  configure(configurations: readonly JwtIssuerConfiguration[]): void {
    const old = this.#issuers
    this.#issuers = new Map(
      configurations.map((configuration) => {
        const same = old.get(configuration.url)
        return [configuration.url, same && isSame(same.configuration, configuration) ? same : new Issuer(configuration, this.#options)]
      }),
    )
    for (const issuer of old.values()) if (this.#issuers.get(issuer.configuration.url) !== issuer) issuer.close()
  }

  readonly authenticate: TokenAuthenticator = (token, audiences) => {
    if (this.#issuers.size === 0) return undefined
    const own = this.#options.apiAudiences.filter((audience) => audiences.includes(audience))
    const jwt = own.length > 0 ? parseJwt(token) : undefined
    const issuer = jwt && this.#issuers.get(issuerOf(jwt))
    return issuer?.userOf(jwt!).then((user) => ({ user, audiences: own }))
  }
}

/** Google once left the scheme out. */
const issuerOf = ({ payload: { iss } }: Jwt) => (iss === 'accounts.google.com' ? 'https://accounts.google.com' : typeof iss === 'string' ? iss : '')

const isSame = (a: JwtIssuerConfiguration, b: JwtIssuerConfiguration) => {
  const text = (configuration: JwtIssuerConfiguration) => JSON.stringify({ ...configuration, requiredClaims: [...configuration.requiredClaims] })
  return text(a) === text(b)
}

class Issuer {
  readonly configuration: JwtIssuerConfiguration
  readonly #https: HttpsClient
  readonly #verifier: Verifier
  readonly #expressions: ClaimExpressions
  readonly #distributed: DistributedClaims | undefined

  constructor(configuration: JwtIssuerConfiguration, { newHttpsClient, clock, logger }: JwtIssuersOptions) {
    this.configuration = configuration
    const { url, discoveryUrl, audiences, signingAlgorithms, groups, certificateAuthority } = configuration
    const https = newHttpsClient(certificateAuthority)
    const common = { audiences, signingAlgorithms, https, clock, logger }
    this.#https = https
    this.#expressions = new ClaimExpressions(configuration)
    this.#verifier = new Verifier({ ...common, issuer: url, ...(discoveryUrl ? { discoveryUrl } : {}) })
    this.#distributed = groups && 'claim' in groups ? new DistributedClaims({ ...common, claim: groups.claim }) : undefined
  }

  /** @throws {Error} */
  async userOf(jwt: Jwt): Promise<UserInfo> {
    await this.#verifier.verify(jwt)
    return userOfClaims(await this.#allClaims(jwt.payload), this.configuration, this.#expressions)
  }

  close(): void {
    this.#verifier.close()
    this.#distributed?.close()
    this.#https.close()
  }

  async #allClaims(claims: Jwt['payload']): Promise<Jwt['payload']> {
    try {
      return this.#distributed ? await this.#distributed.expand(claims) : claims
    } catch (cause) {
      throw new Error(`oidc: could not expand distributed claims: ${(cause as Error).message}`, { cause })
    }
  }
}
