/**
 * What each key of a policy means, for people who write one in an editor. Keys are places in a document, where `[]` is
 * any item and `{}` any name. The texts say nothing about form: the schema adds that.
 */
export const descriptions: Readonly<Record<string, string>> = {
  $schema: 'Where editors find this schema. The engine ignores it',
  id: 'Name of the policy, unlike that of any other. Budgets keep their spending under it',
  version: 'Counted up by its authors and recorded with every decision. By default 1',
  enabled: '`false` leaves the policy out as if it were not there. By default `true`',
  description: 'For people',
  extends:
    'Id of a policy whose sections this one takes over where it has none. Where both apply, this one stands in for it',
  timezone: 'Time zone of the calendar windows and of the schedule. By default `UTC`',

  match:
    'To whom the policy applies. Every list that is there has to match; without any it applies to everybody',
  'match.agents': 'Agents by name. An empty list matches nobody',
  'match.owners': 'The people who answer for the agents. An empty list matches nobody',
  'match.tenants': 'Customers, departments or systems. An empty list matches nobody',
  'match.frameworks': 'The doors that calls come in through, such as `express`. An empty list matches nobody',
  'match.sessions': 'Sessions of agents. An empty list matches nobody',

  tools: 'Which tools may be called. Deny beats allow',
  'tools.allow': 'Nothing else may be called. Left out it restricts nothing; empty it allows nothing',
  'tools.deny': 'Never to be called, whatever is allowed',

  effects: 'What calls may do to the world',
  'effects.allow':
    'Calls of other effects are denied. Left out it restricts nothing; empty it allows nothing',
  'effects.overrides':
    'What tools do, against what they declare or their names suggest. An exact name counts more than a pattern, else the strictest counts',
  'effects.overrides.read': 'Tools that change nothing',
  'effects.overrides.mutating': 'Tools that change something',
  'effects.overrides.destructive': 'Tools that destroy something',
  'effects.overrides.admin': 'Tools that change who may do what',

  merchants: 'Who may receive money: addresses, hosts or names, whatever their case. Deny beats allow',
  'merchants.allow': 'Nobody else may be paid. Left out it restricts nothing; empty it allows nobody',
  'merchants.deny': 'Never to be paid',
  networks: 'Which chains may carry money. Deny beats allow',
  'networks.allow': 'No other network may be used. Left out it restricts nothing; empty it allows none',
  'networks.deny': 'Never to be used',
  categories: 'What money may be spent on, whatever the case of the words. Deny beats allow',
  'categories.allow': 'Nothing else may be paid for. Left out it restricts nothing; empty it allows nothing',
  'categories.deny': 'Never to be paid for',

  budgets:
    'How much may be spent. Every one that concerns a call is charged, and the call has to fit into all',
  'budgets[].scope':
    'Whose calls count together. `call` limits each call by itself; its window is `call` too',
  'budgets[].window': 'The stretch of time that the limit is for. A new one begins at nothing spent',
  'budgets[].limit': 'Most that may be spent. Exactly this much passes',
  'budgets[].tools': 'Tools whose calls count. By default all',
  'budgets[].timezone': 'Time zone of a calendar window. By default that of the policy',
  'budgets[].alerts': 'Shares of the limit at which the journal, and so webhooks, tell that so much is spent',

  rates: 'How many calls may be made',
  'rates[].scope': 'Whose calls count together',
  'rates[].limit': 'Most calls in any stretch of time of the length. 0 allows none',
  'rates[].per': 'Length of the stretch of time',
  'rates[].tools': 'Tools whose calls count. By default all; not together with `class`',
  'rates[].class': 'Name of a class whose tools count together. Not together with `tools`',
  classes: 'Groups of tools that rates count together',
  'classes{}': 'Tools of the class',
  cooldown: 'How long an agent waits between two calls, at most 366 days',

  wallet: 'From what calls are paid: the wallet of the agent has to cover what they cost',
  'wallet.currency': 'Currency of the wallet',

  schedule: 'When calls may be made',
  'schedule.timezone': 'Time zone of the open hours. By default that of the policy',
  'schedule.allow': 'Open hours. Left out it is always open; empty it never is',
  'schedule.allow[].days': 'Days on which the hours begin. By default every day',
  'schedule.allow[].from': 'When it opens',
  'schedule.allow[].to': 'When it closes. Before `from` it is on the next day',
  'schedule.block': 'Periods in which nothing is allowed, whatever the open hours',
  'schedule.block[].from': 'First instant that is blocked',
  'schedule.block[].to': 'First instant that is free again',
  'schedule.block[].reason': 'Why, for whoever is denied',

  people: 'Who has which role when people are asked, and who stands in for whom',
  'people.roles': 'Roles, which `approvers` name as `role:` and the name',
  'people.roles{}': 'The people who have the role',
  'people.deputies': 'Who may decide instead of somebody for a while. Both together are one person',
  'people.deputies[].for': 'Who is away',
  'people.deputies[].deputy': 'Who decides instead',
  'people.deputies[].from': 'The first instant of it. By default it has begun',
  'people.deputies[].until': 'The first instant at which it is over',

  approvals: 'When people have to agree first. Where several concern a call, all of them have to be given',
  'approvals[].when': 'Which calls: `always`, or those to which all the keys of an object apply',
  'approvals[].when.above': 'Prices above this. One of exactly this much does not ask',
  'approvals[].when.effects': 'Calls of these effects',
  'approvals[].when.tools': 'Calls of these tools',

  rules:
    'Conditions over the call and its arguments. A rule cannot allow, and one that cannot be judged denies',
  'rules[].id': 'Name of the rule within the policy',
  'rules[].when': 'When the rule applies, in the Common Expression Language',
  'rules[].then':
    'What follows: the call is denied, people are asked, or it is marked in the journal and passes',
  'rules[].reason': 'Why, for whoever is denied or asked',
  'rules[].tools': 'Tools that the rule looks at. By default all',

  sessions: 'What a session may do at first',
  'sessions.mode': '`read-only` allows calls that read; `open` restricts nothing',
  'sessions.elevation':
    'Who may let a session do more than read for a while, one tool at a time. Without it, nobody may; `admin` calls are never covered',
  'sessions.elevation.tools': 'Tools that can be asked for. By default all',
  'sessions.elevation.lasts': 'How long it holds, at most `5m`. By default `5m`',

  anomaly: 'When a session behaves so that its calls are taken to do more than they say, by one tier',
  'anomaly.after': 'Calls before anything is judged. By default 5',
  'anomaly.denialRate': 'Percentage of denied calls. By default 30',
  'anomaly.writeRate': 'Percentage of calls that do more than read. By default 80',

  payments: 'What payments over a rail may look like',
  'payments.schemes': 'Ways of paying that are allowed, such as `exact`. Left out it restricts nothing',
  'payments.maxAuthorization': 'Most that one payment may authorize. Exactly this much passes',
  'payments.payees': 'Accounts that may be paid. Left out it restricts nothing',

  ...asking('approvals[]'),
  ...asking('rules[]'),
  ...asking('sessions.elevation'),
};

function asking(place: string): Readonly<Record<string, string>> {
  return {
    [`${place}.require`]: 'How many distinct people have to agree. By default 1',
    [`${place}.approvers`]: 'The people who may decide. One denial ends it',
    [`${place}.expiresIn`]: 'How long they have. By default `1h`',
    [`${place}.escalate`]: 'Who may decide as well once nobody has for a while, the earliest first',
    [`${place}.escalate[].after`]: 'How long after asking, less than `expiresIn`',
    [`${place}.escalate[].approvers`]: 'The people who may decide from then on',
    [`${place}.remind`]: 'How long after asking the people are reminded, each less than `expiresIn`',
    [`${place}.separateDuties`]:
      'Whether the owner of the agent may not decide. By default they may, if named',
  };
}
