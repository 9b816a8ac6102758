// ServiceAccounts. Source: pkg/registry/core/serviceaccount/strategy.go.
import type { ServiceAccount } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'

const mountable = 'kubernetes.io/enforce-mountable-secrets'
const warning = `metadata.annotations[${mountable}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`

/** Only the names of secrets count; the rest of a reference is dropped. */
function keepNames(account: Mutable<ServiceAccount>): void {
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }))
}

export const serviceAccountStrategy: Strategy<ServiceAccount> = {
  metadataChecksOnUpdate: ['changes', 'whole'],
  prepareForCreate: (_, account) => keepNames(account),
  prepareForUpdate: (_, account) => keepNames(account),
  warningsOnCreate: (_, { metadata }) => (ownValue(metadata.annotations, mountable) === undefined ? [] : [warning]),
  warningsOnUpdate: (_, { metadata }, old) =>
    ownValue(metadata.annotations, mountable) !== undefined && ownValue(old.metadata.annotations, mountable) === undefined ? [warning] : [],
}
