"""The simulated city あかぎ市: its people, units and networks as files, its days as plans, its devices over real HTTP.

Nothing here is a real person, place or machine. The rest of the product never imports this ring: the city
comes in through the same files, importers and protocol as a real one.
"""
