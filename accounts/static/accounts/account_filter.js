/* The list is shown anew as soon as an account is chosen. Select2 tells by jQuery alone. */
django.jQuery(document).on("change", ".account-filter select", (event) => event.target.form.submit());
