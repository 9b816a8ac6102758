// The authorizers of a configuration, in its order, after system:masters. A new configuration takes their place as a whole; webhooks of
// the old one end. Source: k8s.io/kubernetes pkg/kubeapiserver/authorizer/reload.go.
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { ReviewClient } from '../webhook/review-client.ts'
import {
  alwaysAllow,
  alwaysDeny,
  type Authorizer,
  everythingResolver,
  nothingResolver,
  privilegedGroup,
  type RuleResolver,
  unionAuthorizer,
  unionRules,
} from './authorizer.ts'
import type { AuthorizationConfiguration, ConfiguredAuthorizer, WebhookConfiguration } from './config/authorization-configuration.ts'
import { webhookAuthorizer } from './webhook/webhook-authorizer.ts'
import type { WebhookAuthorizerObserver } from './webhook/webhook-metrics.ts'

type ResolvingAuthorizer = Authorizer & RuleResolver

export interface ConfiguredAuthorizerOptions {
  readonly node: ResolvingAuthorizer
  readonly rbac: ResolvingAuthorizer
  /** Of the policy file. */
  readonly abac?: ResolvingAuthorizer
  readonly newReviewClient: (webhook: WebhookConfiguration) => Promise<ReviewClient>
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  /** Told of the questions to the webhook with a name. */
  readonly observe?: (name: string) => WebhookAuthorizerObserver
  readonly logger: Logger
}

interface Assembly extends ResolvingAuthorizer {
  readonly clients: readonly ReviewClient[]
}

export class ConfiguredAuthorizers implements ResolvingAuthorizer {
  readonly #options: ConfiguredAuthorizerOptions
  /** Those that need informers or a file from the start. */
  readonly #typesAtStart: ReadonlySet<string>
  #current: Assembly

  private constructor(options: ConfiguredAuthorizerOptions, typesAtStart: ReadonlySet<string>, current: Assembly) {
    this.#options = options
    this.#typesAtStart = typesAtStart
    this.#current = current
  }

  /** @throws {Error} for a webhook's kubeconfig that cannot be used, for ABAC without a policy file */
  static async start(configuration: AuthorizationConfiguration, options: ConfiguredAuthorizerOptions): Promise<ConfiguredAuthorizers> {
    const types = new Set(configuration.authorizers.map(({ type }) => type))
    return new ConfiguredAuthorizers(options, types, await assemble(configuration, options, types))
  }

  authorize(attributes: Parameters<Authorizer['authorize']>[0]): ReturnType<Authorizer['authorize']> {
    return this.#current.authorize(attributes)
  }

  rulesFor(...question: Parameters<RuleResolver['rulesFor']>): ReturnType<RuleResolver['rulesFor']> {
    return this.#current.rulesFor(...question)
  }

  /** @throws {Error} as {@link start}; the old configuration stays in force then */
  async reconfigure(configuration: AuthorizationConfiguration): Promise<void> {
    const old = this.#current
    this.#current = await assemble(configuration, this.#options, this.#typesAtStart)
    for (const client of old.clients) client.close()
    this.#options.logger.info('Reloaded the authorization configuration', { authorizers: configuration.authorizers.map(({ name }) => name).join(',') })
  }

  close(): void {
    for (const client of this.#current.clients) client.close()
  }
}

async function assemble(
  { authorizers }: AuthorizationConfiguration,
  options: ConfiguredAuthorizerOptions,
  typesAtStart: ReadonlySet<string>,
): Promise<Assembly> {
  const clients: ReviewClient[] = []
  try {
    const all: ResolvingAuthorizer[] = []
    for (const configured of authorizers) all.push(await make(configured, options, typesAtStart, clients))
    const union = unionAuthorizer([privilegedGroup, ...all])
    const rules = unionRules(all)
    return { authorize: (attributes) => union.authorize(attributes), rulesFor: (user, namespace) => rules.rulesFor(user, namespace), clients }
  } catch (error) {
    for (const client of clients) client.close()
    throw error
  }
}

async function make(configured: ConfiguredAuthorizer, options: ConfiguredAuthorizerOptions, typesAtStart: ReadonlySet<string>, clients: ReviewClient[]) {
  const { type, name } = configured
  const fromStart = <T>(authorizer: T): T => {
    if (!typesAtStart.has(type)) throw new Error(`authorizer type ${type} is not allowed if it was not enabled at initial server startup`)
    return authorizer
  }
  switch (type) {
    case 'Node':
      return fromStart(options.node)
    case 'RBAC':
      return fromStart(options.rbac)
    case 'ABAC':
      if (!options.abac) throw new Error("authorization-mode ABAC's authorization policy file not passed")
      return fromStart(options.abac)
    case 'AlwaysAllow':
      return { ...alwaysAllow, ...everythingResolver }
    case 'AlwaysDeny':
      return { ...alwaysDeny, ...nothingResolver }
    case 'Webhook': {
      const { webhook } = configured
      const client = await options.newReviewClient(webhook)
      clients.push(client)
      const onError = (error: unknown) => options.logger.error('Failed to make webhook authorizer request', error, { authorizer: name })
      return webhookAuthorizer({ ...webhook, client, clock: options.clock, onError, ...(options.observe ? { observe: options.observe(name) } : {}) })
    }
  }
}
