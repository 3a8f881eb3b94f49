"""The managers' bot's ear: taps on cards become use cases, lines become answers. One listener a bot."""
