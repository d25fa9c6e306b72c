"""Les verbes de la commande datakit, un module par verbe : add_arguments(parser) et run(args)."""
