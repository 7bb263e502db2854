"""What an autoscaler would do under a load: a simulation on the exact control loop.

Nothing here reads a clock, a cluster or a file, and nothing is random: the same question has the
same answer. Times are seconds since the load began.

Where to start:

    load          what arrives: a burst, a steady rate, a ramp, a day, given rates
    facts         what is known or assumed of the server, its chips and the metric's way
    gauges        which value each metric of the HPA is made of
    simulate      one run: size, replicas and backlog over time
    figures       what a run comes to, in numbers
    headlines     the same in a line or two
    result        all of it together: `answer(question)`
    changes       settings a setup could have instead
    advice        the search among them
    unknowns      what the model does not know

The server is `domain.serving`'s for bursts, followed request by request, and `stream`'s for rates.
`engine.forecasting` puts these together for a setup; `engine.forecast_facts`, `existing_hpa` and
`replay` find in the cluster and in Cloud Monitoring what they rest on.
"""
