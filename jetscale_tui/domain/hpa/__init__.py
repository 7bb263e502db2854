"""The HorizontalPodAutoscaler's control loop of Kubernetes 1.36, as pure functions.

Nothing here reads a clock, a cluster or a file. Replica counts are int32, metric values are
thousandths ("milli"), times are milliseconds since the epoch, all plain integers.

Where to start:

    defaults.with_defaults(spec)     what the API server fills in, JSON to JSON
    spec.parse_spec(spec, ...)       JSON to the typed `HpaSpec`
    readings                         what one pass is given: `Scale`, `Pods`, a reading per metric
    loop.evaluate(...)               one whole pass: the new size, status, events and memory
    loop.decide(...)                 the same up to the decision; the forecast needs no more
    loop.settle(...)                 the rest, once the write of the scale is known to have
                                     succeeded or failed
    status.HpaStatus                 the status, to and from the API's JSON

A controller keeps one `behavior.Memory` per HPA and gives each pass the memory the last one
returned:

    memory = Memory()
    result = evaluate(hpa, memory, status, scale, pods, readings, now, flags)
    result.status.to_json()          for the status subresource, if `result.status_changed`
    result.events, result.memory, result.desired

`result.decision` holds every value on the way:

    verdicts         per metric: proposal (replicas, ratio, usage, within_tolerance, what the
                     ratio was multiplied by, the correction for missing pods) or failure
    winner           the metric whose proposal counts
    reason           why to rescale, in the controller's words
    stabilization    raw and stabilized size, the entry that held it, until when
    bounded          the size after limits, which limit, the policy behind a rate limit
    branch           which way the pass went, if the metrics did not decide

A simulation needs no status: `decide` with the same `HpaStatus()` each time, then
`behavior.with_scale_event(decision.memory, hpa.behavior, decision.current, decision.desired, now)`
when `decision.rescale`. External and Object metrics need of the pods only `Pods(listed, ready)`.
"""
