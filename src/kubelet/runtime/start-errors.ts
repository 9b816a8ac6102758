// Why a container could not be started: each class is a waiting reason of the API.

/** A refusal with the reason that the container's status shows. */
export class StartError extends Error {
  override readonly name: string = 'StartError'
  readonly reason: string

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** The container's spec cannot be turned into a configuration: a missing ConfigMap, a bad subPath, root where not allowed. */
export class ConfigError extends StartError {
  override readonly name = 'ConfigError'
  constructor(message: string, options?: ErrorOptions) {
    super('CreateContainerConfigError', message, options)
  }
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
