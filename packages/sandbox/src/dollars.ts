/** The number in an amount of USD, as decimal text: `0.02 USD` is `0.02`. Other currencies keep their name. */
export function dollars(amount: string): string {
  return amount.endsWith(' USD') ? amount.slice(0, -' USD'.length) : amount;
}
