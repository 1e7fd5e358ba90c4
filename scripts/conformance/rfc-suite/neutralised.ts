/** What `scim2/test-suite` asks that no RFC asks: requirement by requirement, with the reason. */
import type { Requirement } from './suite-report.ts';

interface Neutralisation {
  readonly requirements: readonly string[];
  readonly why: string;
  /** Whether this failure of such a requirement is the one meant; others still count. */
  readonly covers: (requirement: Requirement) => boolean;
}

/** Groups with invented members, and resource types that Mode lets nobody create. */
const NOT_CREATED = /^POST \/(Groups returned 400|(Roles|Entitlements) returned 405)$/;

const failedSubtests = ({ subtests }: Requirement) =>
  (subtests ?? []).filter(({ outcome }) => outcome === 'fail');

const NEUTRALISED: readonly Neutralisation[] = [
  {
    requirements: [
      'RFC7643-2.3.4-L521',
      'RFC7643-2.3.6-L537',
      'RFC7643-2.3.7-L552',
      'RFC7643-2.3.8-L595',
      'RFC7643-3.3-L981',
      'RFC7643-6-L1655',
      'RFC7643-7-L1748',
    ],
    why: "asked of /TestResources, a resource type of the suite's own server",
    covers: ({ message = '' }) => /POST.*returned 404|POST \/TestResources.*got status 404/.test(message),
  },
  {
    requirements: ['RFC7643-2.3.7-L578'],
    why: 'an absolute $ref (RFC 7643 §2.3.7 allows it) is appended to the base URL',
    covers: ({ message = '' }) => /^GET https?:.*\(member \$ref\): got status 404/.test(message),
  },
  {
    requirements: ['RFC7643-2.1-L366', 'RFC7643-2.1-L369'],
    why: 'creates groups with invented members, refused here, and roles and entitlements, which are readOnly',
    covers: (requirement) => {
      const failed = failedSubtests(requirement);
      return failed.length > 0 && failed.every(({ message = '' }) => NOT_CREATED.test(message));
    },
  },
];

export interface Divided {
  readonly counted: readonly Requirement[];
  /** What was taken out, for a person. */
  readonly neutralised: readonly string[];
  readonly count: number;
}

/** Divides failed requirements into those that count and those that are the suite's own mistake. */
export const divide = (failed: readonly Requirement[]): Divided => {
  const reasonOf = (requirement: Requirement): string | undefined =>
    NEUTRALISED.find(
      ({ requirements, covers }) => requirements.includes(requirement.id) && covers(requirement),
    )?.why;
  const taken = failed.filter((requirement) => reasonOf(requirement) !== undefined);
  return {
    counted: failed.filter((requirement) => reasonOf(requirement) === undefined),
    neutralised: taken.map((requirement) => `${requirement.id}: ${reasonOf(requirement)}`),
    count: taken.length,
  };
};
