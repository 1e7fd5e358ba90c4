/** What to do where Mode does not show its groups to the token of a connection (mode-api.md §6: to admins alone). */
export const groupsRemedy = (name: string): string =>
  `Give it a Workspace token, or a token of a workspace admin: mode-scim-bridge connection renew ${name}, then mode-scim-bridge sync ${name}.`;
