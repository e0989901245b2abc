// Stands in for the platform's cron: runs the scheduled handler when it is asked to.
export default {
  async fetch(_request, env) {
    const result = await env.SIGNALS.scheduled({ cron: "* * * * *", scheduledTime: new Date() });
    return Response.json({ outcome: result.outcome });
  },
};
