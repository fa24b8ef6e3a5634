const ATTEMPTS = 5;

/** Starts servers on ports that were found free, and anew on others where somebody took one of them before it was used. */
export async function onFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      // So Redis says it, of each of its ports.
      if (attempt === ATTEMPTS || !String(error).includes('Address already in use')) throw error;
    }
  }
}
