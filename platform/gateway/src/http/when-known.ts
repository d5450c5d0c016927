/** Goes on with a value: at once when it is there, else when it comes; so what has nothing to wait for makes no promise. */
export function whenKnown<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
