/** People and groups made at random from the schema, as the directory keeps them and as a filter sees them. */
import fc from 'fast-check';
import type { Deps } from '../../../src/directory/deps.ts';
import { indexValues } from '../../../src/directory/index-values.ts';
import type { Attributes, ModeMember, UserRecord } from '../../../src/directory/model.ts';
import { type AttributeDefinition, userSchema } from '../../../src/directory/schema.ts';
import { newUser } from '../../../src/directory/users.ts';
import { normalizeResource } from '../../../src/scim/compat/compat.ts';
import { ScimRefusal } from '../../../src/scim/errors.ts';
import type { OpenStore } from '../../../src/store/index.ts';
import { at, group, member } from '../../contract/records.ts';
import { anyText } from './texts.ts';

const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';

const scalar = ({ type, name }: AttributeDefinition): fc.Arbitrary<unknown> => {
  if (type === 'boolean') return fc.boolean();
  if (type === 'binary') return anyText.map((text) => Buffer.from(text).toString('base64'));
  if (name === 'type') return fc.oneof(fc.constantFrom('work', 'home', 'WORK', 'other'), anyText);
  return anyText;
};

const parts = (definitions: readonly AttributeDefinition[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(definitions.map((definition) => [definition.name, anyValue(definition)])), {
    requiredKeys: [],
  });

/** One primary at most (RFC 7643 §2.4). */
const onePrimary = (elements: readonly Record<string, unknown>[]) => {
  const first = elements.findIndex(({ primary }) => primary === true);
  return elements.map((element, index) =>
    element['primary'] === true && index !== first ? { ...element, primary: false } : element,
  );
};

/** A value that the schema allows for the attribute. */
const anyValue = (definition: AttributeDefinition): fc.Arbitrary<unknown> => {
  if (definition.type !== 'complex') return scalar(definition);
  const one = parts((definition.subAttributes ?? []).filter(({ mutability }) => mutability !== 'readOnly'));
  return definition.multiValued ? fc.array(one, { maxLength: 3 }).map(onePrimary) : one;
};

const sometimes = (definition: AttributeDefinition): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: anyValue(definition) });

const some = (definitions: readonly AttributeDefinition[]): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .record(
      Object.fromEntries(
        definitions
          .filter(({ mutability, name }) => mutability !== 'readOnly' && name !== 'userName')
          .map((definition) => [definition.name, sometimes(definition)]),
      ),
    )
    .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)));

/** The body of a person, as a well-behaved client sends it; without a userName. */
export const anyBody: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    some(userSchema.core.attributes),
    fc.option(anyText, { nil: undefined }),
    ...userSchema.extensions.map(({ attributes }) => some(attributes)),
  )
  .map(([core, externalId, ...extensions]) => ({
    ...core,
    ...(externalId === undefined ? {} : { externalId }),
    ...Object.fromEntries(
      userSchema.extensions
        .map(({ id }, index) => [id, extensions[index] ?? {}] as const)
        .filter(([, values]) => Object.keys(values).length > 0),
    ),
  }));

/** What is drawn of one person: her body, and what stands around her. */
export interface PersonPlan {
  readonly userName: string;
  readonly body: Record<string, unknown>;
  /** Seconds after the first instant; several people may share one. */
  readonly created: number;
  readonly groups: readonly number[];
  readonly mode: Pick<ModeMember, 'state' | 'username' | 'admin' | 'managedByScim'> | null;
}

const modeMember = fc.record({
  state: fc.constantFrom('active', 'pending', 'former'),
  username: anyText.map((text) => `${text}m`),
  admin: fc.boolean(),
  managedByScim: fc.boolean(),
}) satisfies fc.Arbitrary<PersonPlan['mode']>;

const person: fc.Arbitrary<PersonPlan> = fc.record({
  userName: anyText.filter((text) => text.length < 400),
  body: anyBody,
  created: fc.nat(3),
  groups: fc.uniqueArray(fc.nat(2), { maxLength: 3 }),
  mode: fc.option(modeMember),
});

/** A small directory: people, and the names of three groups. */
export interface DirectoryPlan {
  readonly people: readonly PersonPlan[];
  readonly groupNames: readonly string[];
}

export const anyDirectory: fc.Arbitrary<DirectoryPlan> = fc.record({
  people: fc.array(person, { minLength: 1, maxLength: 8 }),
  groupNames: fc.array(
    anyText.filter((text) => text.length < 400),
    { minLength: 3, maxLength: 3 },
  ),
});

/** A person as stored, and as a filter may ask about her. */
export interface Known {
  readonly record: UserRecord;
  readonly seen: Attributes;
  readonly plan: PersonPlan;
}

const attributesOf = (body: object): Attributes | null => {
  try {
    return normalizeResource({ schemas: [userSchema.core.id], ...body }, userSchema, { strict: false })
      .attributes;
  } catch (error) {
    if (error instanceof ScimRefusal) return null;
    throw error;
  }
};

const idOf = (index: number) => `p${String(index).padStart(3, '0')}`;

const recordOf = (connectionId: string, plan: PersonPlan, index: number): UserRecord | null => {
  const attributes = attributesOf({ ...plan.body, userName: `${plan.userName}${index}` });
  if (attributes === null) return null;
  const deps = { newId: () => idOf(index), now: () => new Date(at(plan.created)) } as unknown as Deps;
  const memberToken = plan.mode === null ? null : `m${index}`;
  return { ...newUser(deps, connectionId, attributes), memberToken };
};

const schemasOf = (record: UserRecord, mode: PersonPlan['mode']) => [
  userSchema.core.id,
  ...userSchema.extensions.map(({ id }) => id).filter((id) => record.attributes[id] !== undefined),
  ...(mode === null ? [] : [MODE_USER]),
];

const seenOf = (record: UserRecord, plan: PersonPlan, groupNames: readonly string[]): Attributes => ({
  ...record.attributes,
  active: record.active,
  id: record.id,
  schemas: schemasOf(record, plan.mode),
  meta: { resourceType: 'User', created: record.createdAt, lastModified: record.modifiedAt },
  groups: plan.groups.map((nth) => ({ value: `g${nth}`, display: `${groupNames[nth]}${nth}` })),
  ...(plan.mode === null ? {} : { [MODE_USER]: plan.mode }),
});

/** Stores the directory under that connection and gives what is in it. */
export const storeDirectory = async (
  store: OpenStore,
  connectionId: string,
  { people, groupNames }: DirectoryPlan,
): Promise<readonly Known[]> => {
  const known = people.flatMap((plan, index) => {
    const record = recordOf(connectionId, plan, index);
    return record === null ? [] : [{ record, plan, seen: seenOf(record, plan, groupNames) }];
  });
  await store.users.insertMany(
    known.map(({ record }) => ({ user: record, index: indexValues(userSchema, record.attributes) })),
  );
  for (const [nth, name] of groupNames.entries()) {
    await store.groups.insert(group(`g${nth}`, { connectionId, displayName: `${name}${nth}` }));
    const inside = known.filter(({ plan }) => plan.groups.includes(nth)).map(({ record }) => record.id);
    await store.memberships.want(connectionId, `g${nth}`, inside);
  }
  const members = known.flatMap(({ plan, record }) =>
    plan.mode === null ? [] : [member(record.memberToken ?? '', plan.mode)],
  );
  await store.mode.saveMembers(connectionId, members, at(9));
  return known;
};
