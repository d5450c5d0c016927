import { choice, defineConfig, integer, text } from '@mainstay/config';
import { z } from 'zod';

/** Signatures by a key pair only: with a secret, whoever can check a token could also make one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

/** Clear text is for tests and local providers: whoever changes the keys on the way signs what they like. */
function isSafe(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, hash, search } = new URL(address);
  if (hash !== '' || search !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
}

const claim = z.string().regex(/^[^.\s][^\s]*$/);

const issuer = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  issuer: text().refine(isSafe, { error: 'must be an https address without query, or http on this machine' }),
  audience: text(),
  algorithms: z.array(choice(algorithms)).min(1).default(['RS256', 'ES256', 'EdDSA']),
  clock_skew_s: integer({ min: 0, max: 300 }).default(30),
  subject_claim: claim.default('sub'),
  subject_prefix: z
    .string()
    .regex(/^[\x21-\x7e]{0,64}$/)
    .optional(),
  roles_claim: claim.default('roles'),
  roles: z.record(z.string(), text()).default({}),
  default_roles: z.array(text()).default(['customer']),
  scopes_claim: claim.optional(),
  scopes: z.record(z.string(), z.array(text())).default({}),
  tenant_claim: claim.optional(),
});

/** An issuer as it stands in the configuration. */
export type IssuerSettings = z.infer<typeof issuer>;

/** Keys of the configuration that say whose tokens are taken beside those of the users service. */
export const issuerConfig = defineConfig({
  name: 'gateway',
  keys: {
    'identity.issuers': {
      schema: z.array(issuer).superRefine((list, context) => {
        for (const field of ['name', 'issuer'] as const) {
          if (new Set(list.map((each) => each[field])).size === list.length) continue;
          context.addIssue({ code: 'custom', message: `two issuers have the same ${field}` });
        }
      }),
      default: [],
      description: 'OpenID Connect issuers whose access tokens are taken; see docs/guides/openid-connect.md',
      reloadable: true,
    },
    'identity.issuer_keep_ms': {
      schema: integer({ min: 1_000 }),
      default: 3_600_000,
      unit: 'ms',
      description:
        'How long the keys of an issuer that does not answer are taken; then its tokens are answered with 503',
      reloadable: false,
    },
    'identity.issuer_timeout_ms': {
      schema: integer({ min: 100 }),
      default: 5_000,
      unit: 'ms',
      description: 'Longest wait for the discovery document and for the keys of an issuer',
      reloadable: false,
    },
  },
});
