// Let everything pass, and let nothing pass: for tests of the chain. Source: plugin/pkg/admission/{admit,deny}.
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { refuse } from '../refuse.ts'

export const alwaysAdmit: AdmissionPlugin = { name: 'AlwaysAdmit', handles: () => true }

const deny = (attributes: ValidatingAttributes): never => {
  throw refuse(attributes, 'admission control is denying all modifications')
}

export const alwaysDeny: AdmissionPlugin = { name: 'AlwaysDeny', handles: () => true, admit: deny, validate: deny }
