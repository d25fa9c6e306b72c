"""Ce que seuls font les mainteneurs : fabriquer Orvanche, construire les notebooks depuis leurs sources."""
