/** PATCH operations at random (RFC 7644 §3.5.2): most of them such that they are carried out, in the forms that clients use. */
import fc from 'fast-check';
import { anyBody } from './people.ts';
import { damages, filterText } from './shot.ts';
import { damageText } from './text-mutation.ts';
import { anyText } from './texts.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const MEMBERS = [
  [{ value: '{{U1}}' }, { value: '{{U3}}' }],
  { value: '{{U2}}' },
  [{ value: '{{U2}}' }],
  ['{{U1}}'],
  [],
];
const TEXTS = ['x', 'y', 'z'.repeat(300), 'é%_"\\', '{{WMAIL}}', '', null, ['z'], { value: 'v' }];
const FLAGS = [true, false, 'False', 'true', [true], 1];
const EMAIL = { value: 'a@b.example', type: 'work', primary: true };

type Target = readonly [paths: readonly string[], values: readonly unknown[]];

const NOBODY: Target = [
  ['id', 'meta', 'schemas', 'nobody', ''],
  ['x', '{{U1}}', [], EMAIL],
];

const OF_USER: readonly Target[] = [
  [['displayName', 'title', 'nickName', 'externalId', 'name.givenName', 'NAME.FamilyName', 'locale'], TEXTS],
  [['emails[type eq "work"].value', 'emails[primary eq true].display', 'roles[value pr].display'], TEXTS],
  [['addresses[type eq "work"].country', 'phoneNumbers[type eq "fax" and value eq "1"].value'], TEXTS],
  [[`${ENTERPRISE}:department`, `${ENTERPRISE}:manager`, `${ENTERPRISE}:manager.value`], TEXTS],
  [
    [ENTERPRISE, 'manager'],
    [{ department: 'D', manager: { value: '{{U2}}' } }, { value: '{{U3}}' }, {}],
  ],
  [['userName'], ['new@fuzz.example', '{{U1NAME}}', '{{WNAME}}', '']],
  [['active', 'emails[type eq "work"].primary', `${CORE}:User:active`], FLAGS],
  [
    ['emails', 'emails[type eq "work"]', 'emails[not (type eq "home")]'],
    [EMAIL, [EMAIL], [EMAIL, { value: 'b' }], []],
  ],
  [
    ['roles', 'entitlements', 'photos', 'x509Certificates', 'ims'],
    ['eA==', [{ value: 'eA==' }], { value: 'e' }],
  ],
  [
    ['name', `${CORE}:User`],
    [{ familyName: 'F', givenName: 'G' }, {}, { title: 'T' }],
  ],
  [
    ['groups', 'emails.value', 'urn:ietf:params:scim:schemas:extension:mode:2.0:User'],
    ['x', [], EMAIL],
  ],
  NOBODY,
];

const OF_GROUP: readonly Target[] = [
  [['members', 'Members', `${CORE}:Group:members`], MEMBERS],
  [['members', 'MEMBERS'], MEMBERS],
  [
    [
      'members[value eq "{{U2}}"]',
      'members[display co "v"]',
      'members[value eq "{{U1}}" or not (type eq "x")]',
    ],
    [''],
  ],
  [
    ['displayName', 'externalId', `${CORE}:Group:displayName`],
    ['Renamed', 'Renamed too', '{{WGROUP}}', '', null],
  ],
  [
    ['members.value', 'members[value eq "{{U1}}"].display', `${CORE}:Group`],
    ['x', { displayName: 'D' }],
  ],
  NOBODY,
];

const WHOLE_USER: readonly unknown[] = [
  ...[
    { active: false },
    { active: true },
    { 'name.familyName': 'F', active: 'True' },
    { id: '{{U1}}', title: 'T' },
  ],
  ...[
    { emails: [EMAIL], roles: [] },
    { title: null },
    { 'emails[type eq "work"].value': 'e' },
    { userName: 'f' },
  ],
  ...[
    { [ENTERPRISE]: { department: 'D', manager: { value: '{{U2}}' } } },
    { [`${ENTERPRISE}:division`]: 'D' },
  ],
];
const WHOLE_GROUP: readonly unknown[] = [
  ...[
    { members: [{ value: '{{U1}}' }] },
    { members: [{ value: '{{U1}}' }], displayName: 'Whole' },
    { id: '{{G1}}' },
  ],
  ...[{ externalId: 'e' }, { members: null }, { id: '{{G1}}', displayName: 'Whole too' }],
];

const aimed = (targets: readonly Target[]) =>
  fc.constantFrom(...targets).chain(([paths, values]) =>
    fc.record({
      op: fc.constantFrom('add', 'replace', 'Replace', 'remove'),
      path: fc.constantFrom(...paths),
      value: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...values) }, anyText),
    }),
  );

const pathless = (wholes: readonly unknown[]) =>
  fc.record({ op: fc.constantFrom('add', 'replace', 'Add'), value: fc.constantFrom(...wholes) });

const person = fc.record({ op: fc.constantFrom('add', 'replace'), value: anyBody });

const wildPath = fc
  .tuple(
    fc.oneof(fc.constantFrom(...[...OF_USER, ...OF_GROUP].flatMap(([paths]) => paths)), filterText),
    damages(3, 1),
  )
  .map(([text, damage]) => damageText(text, damage));

const wild = fc.record(
  {
    op: fc.constantFrom('add', 'replace', 'remove', 'Add', 'REMOVE', 'test'),
    path: wildPath,
    value: fc.oneof(fc.constantFrom(...TEXTS, ...WHOLE_USER), anyText, anyBody),
  },
  { requiredKeys: ['op'] },
);

/** One operation on a person. */
export const userOperation: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: aimed(OF_USER) },
  { weight: 3, arbitrary: pathless(WHOLE_USER) },
  { weight: 2, arbitrary: person },
  { weight: 1, arbitrary: wild },
);

/** One operation on a group. */
export const groupOperation: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: aimed(OF_GROUP) },
  { weight: 3, arbitrary: pathless(WHOLE_GROUP) },
  { weight: 1, arbitrary: wild },
);
