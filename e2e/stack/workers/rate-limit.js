// Stands in for the platform's rate-limit binding: counts in fixed windows, in memory.
const windows = new Map();

export default function rateLimit(env) {
  const { limit, period } = JSON.parse(env.SETTINGS);
  return {
    async limit({ key }) {
      const now = Date.now();
      const known = windows.get(key);
      const current =
        known !== undefined && now < known.until ? known : { count: 0, until: now + period * 1000 };
      current.count += 1;
      windows.set(key, current);
      if (windows.size > 10_000) windows.delete(windows.keys().next().value);
      return { success: current.count <= limit };
    },
  };
}
