"""Names the portal's own admin site. Apart from the site itself, since Django loads this before any model."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """``django.contrib.admin``, its site behind the portal's own sign-in."""

    default_site = "pa_portal.review.site.ReviewSite"
