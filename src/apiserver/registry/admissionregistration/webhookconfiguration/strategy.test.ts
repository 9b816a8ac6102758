// Expectations: pkg/apis/admissionregistration/validation/validation.go.
import { expect, test } from 'vitest'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { finish } from '../../../../util/steps.ts'
import { mutatingWebhookConfigurationStrategy } from './strategy.ts'

const good = { name: 'a.b.c', sideEffects: 'None', admissionReviewVersions: ['v1'], clientConfig: { url: 'https://h' } }
const configurationOf = (webhook: object) => ({ metadata: { name: 'w' }, webhooks: [{ ...good, ...webhook }] }) as never
const errors = (webhook: object) =>
  finish(mutatingWebhookConfigurationStrategy.validateInSteps!({} as never, configurationOf(webhook), undefined)).map(fieldErrorMessage)
const at = 'webhooks[0]'
const sideEffects = 'must specify one of None, NoneOnDryRun'

test.each<[why: string, webhook: object, expected: readonly string[]]>([
  ['good', {}, []],
  ['side effects: absent', { sideEffects: null }, [`${at}.sideEffects: Required value: ${sideEffects}`]],
  ['side effects: empty', { sideEffects: '' }, [`${at}.sideEffects: Unsupported value: "": supported values: "None", "NoneOnDryRun"`]],
  [
    'some version is known, whatever is wrong with others',
    { admissionReviewVersions: ['v2', 'v2', 'v3'] },
    [
      `${at}.admissionReviewVersions[1]: Invalid value: "v2": duplicate version`,
      `${at}.admissionReviewVersions: Invalid value: ["v2","v2","v3"]: must include at least one of v1, v1beta1`,
    ],
  ],
  [
    'the order: versions come last',
    { name: 'a', admissionReviewVersions: [], reinvocationPolicy: 'X', clientConfig: {} },
    [
      `${at}.name: Invalid value: "a": should be a domain with at least three segments separated by dots`,
      `${at}.reinvocationPolicy: Unsupported value: "X": supported values: "IfNeeded", "Never"`,
      `${at}.clientConfig: Required value: exactly one of url or service is required`,
      `${at}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`,
    ],
  ],
])('a webhook: %s', (_, webhook, expected) => expect(errors(webhook)).toEqual(expected))
