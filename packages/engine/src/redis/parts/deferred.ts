/**
 * A part that is defined only once somebody calls one of its functions. A script is defined anew each time it runs, and
 * defining what most runs never call takes longer than what they do.
 */
export function deferred(part: string, names: readonly [string, ...string[]]): string {
  const [first] = names;
  const table = names.map((name) => `${name} = ${name}`).join(', ');
  const calls = names.map(
    (name) => `local function ${name}(...)
  ${first}Part = ${first}Part or define_${first}()
  return ${first}Part.${name}(...)
end`,
  );
  return `local ${first}Part
local function define_${first}()
${part}
return { ${table} }
end
${calls.join('\n')}`;
}
