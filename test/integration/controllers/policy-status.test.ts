import { afterAll, beforeAll, expect, test } from 'vitest'
import { validatingAdmissionPolicies } from '../../../src/api/resources.ts'
import { eventually } from '../../support/eventually.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane()
})
afterAll(() => plane.stop())

test('the status of a policy names what cannot be right, and follows the policy', async () => {
  const { client } = plane
  const name = 'replicas'
  const resourceRules = [{ apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], operations: ['CREATE'] }]
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: { matchConstraints: { resourceRules }, validations: [{ expression: 'object.spec.replica < 5' }] },
  }
  await client.create(validatingAdmissionPolicies, policy as never)
  const status = async () => (await client.get(validatingAdmissionPolicies, { name })).status
  await eventually(async () =>
    expect(await status()).toEqual({
      observedGeneration: 1,
      typeChecking: {
        expressionWarnings: [
          {
            fieldRef: 'spec.validations[0].expression',
            warning: "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replica'\n | object.spec.replica < 5\n | ...........^\n",
          },
        ],
      },
    }),
  )
  await client.patch(validatingAdmissionPolicies, { name }, { type: 'merge', patch: { spec: { validations: [{ expression: 'object.spec.replicas < 5' }] } } })
  // Who takes the last field of a struct away by server-side apply takes the struct, too.
  await eventually(async () => expect(await status()).toEqual({ observedGeneration: 2 }))
})
